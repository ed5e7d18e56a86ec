import{a as e,n as t,t as n}from"./jsx-runtime-Wy9s6hX0.js";import{D as r,O as i,t as a,vt as o}from"./index-B6YU2r7w.js";import{i as s}from"./Field-Cu97qr0x.js";import{t as c}from"./flows-B5Gfpb16.js";import{c as l}from"./createLucideIcon-DHiAPtCZ.js";var u=e(t(),1),d=n(),f=/^[a-z][a-z0-9_]{0,39}$/,p=[`schema`,`check`];function m({taken:e,onClose:t}){let n=l(c),m=l(i),h=o(),[g,_]=(0,u.useState)(``),[v,y]=(0,u.useState)(!1),b=e.includes(g)?n(`flowNameTaken`):f.test(g)&&!p.includes(g)?void 0:n(`flowNameWrong`),x=()=>{y(!0),b===void 0&&h(`/flows/${g}`)};return(0,d.jsx)(a,{title:n(`newFlow`),isOpen:!0,onClose:t,actions:(0,d.jsxs)(d.Fragment,{children:[(0,d.jsx)(r,{onPress:t,children:m(`cancel`)}),(0,d.jsx)(r,{look:`primary`,onPress:x,children:n(`create`)})]}),children:(0,d.jsx)(`form`,{onSubmit:e=>{e.preventDefault(),x()},children:(0,d.jsx)(s,{label:n(`flowName`),help:n(`flowNameHelp`),autoFocus:!0,value:g,onChange:_,error:v?b:void 0})})})}function h(e){return`flow: ${e}
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