import{a as e,n as t,t as n}from"./jsx-runtime-Wy9s6hX0.js";import{pt as r,t as i}from"./index-DrpDErTD.js";import{t as a}from"./Button-mrUsEV-T.js";import{i as o}from"./Field-D7RhP6M7.js";import{t as s}from"./common-D3SIdl1R.js";import{t as c}from"./flows-BWd9dexi.js";import{s as l}from"./words-BNOPqu3o.js";var u=e(t(),1),d=n(),f=/^[a-z][a-z0-9_]{0,39}$/,p=[`schema`,`check`];function m({taken:e,onClose:t}){let n=l(c),m=l(s),h=r(),[g,_]=(0,u.useState)(``),[v,y]=(0,u.useState)(!1),b=e.includes(g)?n(`flowNameTaken`):f.test(g)&&!p.includes(g)?void 0:n(`flowNameWrong`),x=()=>{y(!0),b===void 0&&h(`/flows/${g}`)};return(0,d.jsx)(i,{title:n(`newFlow`),isOpen:!0,onClose:t,actions:(0,d.jsxs)(d.Fragment,{children:[(0,d.jsx)(a,{onPress:t,children:m(`cancel`)}),(0,d.jsx)(a,{look:`primary`,onPress:x,children:n(`create`)})]}),children:(0,d.jsx)(`form`,{onSubmit:e=>{e.preventDefault(),x()},children:(0,d.jsx)(o,{label:n(`flowName`),help:n(`flowNameHelp`),autoFocus:!0,value:g,onChange:_,error:v?b:void 0})})})}function h(e){return`flow: ${e}
description: ""
languages: [zh]
start: main
steps:
  main:
    do: menu
    prompts: [main_menu]
    keys: {1: owner, 2: bye}
    otherwise: bye
  owner: {do: route, to: owner, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
`}export{h as n,m as t};