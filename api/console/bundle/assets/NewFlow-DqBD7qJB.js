import{a as e,n as t,t as n}from"./jsx-runtime-Wy9s6hX0.js";import{D as r,Kt as i,at as a,it as o,q as s,rt as c}from"./index-DrlmtrDe.js";import{s as l}from"./createLucideIcon-BR6bBSoZ.js";var u=e(t(),1),d=n(),f=/^[a-z][a-z0-9_]{0,39}$/,p=[`schema`,`check`];function m({taken:e,onClose:t}){let n=l(r),m=l(a),h=i(),[g,_]=(0,u.useState)(``),[v,y]=(0,u.useState)(!1),b=e.includes(g)?n(`flowNameTaken`):f.test(g)&&!p.includes(g)?void 0:n(`flowNameWrong`),x=()=>{y(!0),b===void 0&&h(`/flows/${g}`)};return(0,d.jsx)(c,{title:n(`newFlow`),isOpen:!0,onClose:t,actions:(0,d.jsxs)(d.Fragment,{children:[(0,d.jsx)(o,{onPress:t,children:m(`cancel`)}),(0,d.jsx)(o,{look:`primary`,onPress:x,children:n(`create`)})]}),children:(0,d.jsx)(`form`,{onSubmit:e=>{e.preventDefault(),x()},children:(0,d.jsx)(s,{label:n(`flowName`),help:n(`flowNameHelp`),autoFocus:!0,value:g,onChange:_,error:v?b:void 0})})})}function h(e){return`flow: ${e}
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